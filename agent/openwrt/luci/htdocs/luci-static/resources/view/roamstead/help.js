'use strict';
'require request';
'require view';

/* The documentation of the version that is installed, readable without an internet connection. */
return view.extend({
	load: function() {
		return request.get(L.resource('roamstead/openwrt.md'), { cache: true }).then(function(reply) {
			return reply.ok ? reply.text() : null;
		}, function() {
			return null;
		});
	},

	render: function(text) {
		return E('div', {}, [
			E('h2', {}, [ _('Help') ]),
			text != null
				? E('pre', { 'style': 'white-space:pre-wrap', 'tabindex': '0' }, [ text ])
				: E('p', {}, [ _('The documentation is not on this router. It is the file docs/openwrt.md of Roamstead; “roamstead --help” in a shell lists the commands.') ])
		]);
	},

	handleSaveApply: null,
	handleSave: null,
	handleReset: null
});
