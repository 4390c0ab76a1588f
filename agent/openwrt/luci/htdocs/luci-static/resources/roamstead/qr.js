'use strict';
'require baseclass';

/* The agent draws with half blocks, light on dark: each character is two modules, one above the other. A camera wants four light ones around; two are there. */
function draw(text) {
	const LIGHT = { ' ': [ false, false ], '▀': [ true, false ], '▄': [ false, true ], '█': [ true, true ] };
	const NS = 'http://www.w3.org/2000/svg';
	const lines = text.split('\n').filter(function(line) { return line != '' });
	const width = lines.length ? lines[0].length : 0;
	const path = [];

	/* An odd number of rows ends in half a line. */
	for (let y = 0; y < lines.length; y++)
		for (let x = 0; x < lines[y].length; x++) {
			const light = LIGHT[lines[y][x]] || [ true, true ];

			for (let half = 0; half < 2; half++)
				if (!light[half] && 2 * y + half < width)
					path.push('M%d %dh1v1h-1z'.format(x, 2 * y + half));
		}

	const svg = document.createElementNS(NS, 'svg');
	const dark = document.createElementNS(NS, 'path');

	svg.setAttribute('viewBox', '-2 -2 %d %d'.format(width + 4, width + 4));
	svg.setAttribute('role', 'img');
	svg.setAttribute('aria-label', _('The claim code as a QR code'));
	svg.setAttribute('shape-rendering', 'crispEdges');
	svg.setAttribute('style', 'width:100%;max-width:16em;background:#fff');
	dark.setAttribute('d', path.join(''));
	dark.setAttribute('fill', '#000');
	svg.appendChild(dark);

	return svg;
}

return baseclass.extend({
	draw: draw
});
