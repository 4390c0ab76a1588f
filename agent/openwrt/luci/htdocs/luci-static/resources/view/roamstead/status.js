'use strict';
'require dom';
'require poll';
'require ui';
'require view';
'require roamstead.gateway as gateway';
'require roamstead.qr as qr';

/* Whether guests are served and, if not, what to do: by the agent's word for it. */
function causes() {
	return {
		ready: [ 'success', _('Sharing'), _('Ready for guests.') ],
		silent: [ 'warning', _('Sharing, but the operator does not answer'), _('Who is connected stays connected; nobody new can come. Check the internet connection; if that works, the operator has a fault, and nothing needs to be done here.') ],
		paused: [ 'warning', _('Paused'), _('You paused sharing. Nobody is let in until you resume it.') ],
		starting: [ 'info', _('Starting'), _('This takes a few seconds.') ],
		unclaimed: [ 'warning', _('Waiting to be claimed'), _('Enter the code below in the operator’s dashboard, or scan it.') ],
		noLma: [ 'danger', _('No anchor is known'), _('The operator names the anchors; without a fleet they are set on the page “Settings”.') ],
		noUplink: [ 'danger', _('No internet connection'), _('The interface towards the internet has no address. Check the cable, the modem, and the option “Uplink” on the page “Settings”.') ],
		noClock: [ 'danger', _('Waiting for the clock'), _('The time of this router is not set. Enable the NTP client under System → System → Time Synchronization.') ]
	};
}

/* Why there is no status, and what to do. */
function failures() {
	return {
		missing: [ _('The gateway’s software is not installed'), _('Install the package “roamstead” under System → Software.') ],
		failed: [ _('The gateway cannot start'), _('It tries again every few seconds. It said:') ],
		disabled: [ _('The gateway is switched off'), _('Enable it on the page “Settings”, then save and apply. If it is enabled there, enable “roamstead” under System → Startup.') ],
		stopped: [ _('The gateway does not run'), _('The page “Settings” can check its configuration. The log under Status → System Log says why it ended. Start it under System → Startup.') ],
		starting: [ _('The gateway is starting, or cannot be reached'), _('If this stays for longer than a minute, restart “roamstead” under System → Startup and read the log under Status → System Log.') ],
		silent: [ _('The gateway does not answer'), _('It runs, but gave no answer in time. If this stays, restart “roamstead” under System → Startup.') ],
		rights: [ _('You have no right to see this'), _('Log in as root, or have the access group “luci-app-roamstead” granted to your login.') ],
		other: [ _('The status cannot be read'), _('Reload the page; if this stays, restart the router’s web interface under System → Startup (uhttpd, rpcd).') ]
	};
}

function octets(count) {
	return '%1024.1mB'.format(count);
}

function rate(bits) {
	return _('%s Mbit/s').format(String(Math.round(bits / 1e4) / 100));
}

function row(title, content) {
	return E('tr', { 'class': 'tr' }, [
		E('th', { 'class': 'td left', 'scope': 'row', 'width': '33%' }, [ title ]),
		E('td', { 'class': 'td left' }, Array.isArray(content) ? content : [ content ])
	]);
}

function table(rows) {
	return E('table', { 'class': 'table' }, rows);
}

function notice(kind, title, text, detail) {
	return E('div', { 'class': 'alert-message ' + kind }, [
		E('h4', {}, [ title ]),
		E('p', {}, [ text ]),
		detail ? E('p', {}, [ detail ]) : ''
	]);
}

function renderState(status) {
	const unclaimed = status.cause == 'noLma' && status.fleet != null && status.fleet.state == 'unclaimed';
	const known = causes()[unclaimed ? 'unclaimed' : status.cause];

	return known ? notice(known[0], known[1], known[2]) : notice('info', status.state, status.why);
}

function renderClaim(fleet) {
	return [
		E('h3', {}, [ _('Claim this gateway') ]),
		E('p', {}, [ _('Whoever enters this code in the operator’s dashboard adds this gateway to a home there.') ]),
		E('p', { 'style': 'font-size:200%;font-family:monospace;letter-spacing:.1em' }, [ E('strong', {}, [ fleet.code ]) ]),
		fleet.qr ? qr.draw(fleet.qr) : '',
		E('p', {}, [ _('Gateway %s').format(fleet.gateway) ])
	];
}

function limits(given) {
	const said = [];

	if (given['maximum-guests'] != null)
		said.push(N_(given['maximum-guests'], '%d guest', '%d guests').format(given['maximum-guests']));

	if (given['up-rate'] != null)
		said.push(_('%s up').format(rate(given['up-rate'])));

	if (given['down-rate'] != null)
		said.push(_('%s down').format(rate(given['down-rate'])));

	return said.length ? said.join(', ') : _('none');
}

function renderSharing(status) {
	return table([
		row(_('Guests now'), String(status.sharing.guests)),
		row(_('Shared since the start'), _('%s up, %s down').format(octets(status.sharing.octetsUp), octets(status.sharing.octetsDown))),
		row(_('Limits in force'), limits(status.sharing.limits))
	]);
}

function renderAnchors(status) {
	if (!status.lmas.length)
		return E('p', {}, [ E('em', {}, [ _('None is known.') ]) ]);

	return E('table', { 'class': 'table' }, [
		E('tr', { 'class': 'tr table-titles' }, [
			E('th', { 'class': 'th' }, [ _('Anchor') ]),
			E('th', { 'class': 'th' }, [ _('State') ]),
			E('th', { 'class': 'th' }, [ _('Since') ]),
			E('th', { 'class': 'th' }, [ _('Round trip') ])
		])
	].concat(status.lmas.map(function(lma) {
		return E('tr', { 'class': 'tr' }, [
			E('td', { 'class': 'td', 'data-title': _('Anchor') }, [ lma.id ]),
			E('td', { 'class': 'td', 'data-title': _('State') }, [ lma.reachable ? _('answers') : lma.since != null ? _('is silent') : _('not heard of yet') ]),
			E('td', { 'class': 'td', 'data-title': _('Since') }, [ lma.since != null ? gateway.when(lma.since) : '–' ]),
			E('td', { 'class': 'td', 'data-title': _('Round trip') }, [ lma.reachable && lma.roundTrip != null ? _('%s ms').format(String(lma.roundTrip)) : '–' ])
		]);
	})));
}

function renderProblems(status) {
	if (!status.problems.length)
		return E('p', {}, [ E('em', {}, [ _('Nothing went wrong since the start.') ]) ]);

	return E('table', { 'class': 'table' }, [
		E('tr', { 'class': 'tr table-titles' }, [
			E('th', { 'class': 'th', 'width': '25%' }, [ _('Last time') ]),
			E('th', { 'class': 'th' }, [ _('What happened') ])
		])
	].concat(status.problems.map(function(problem) {
		const times = problem.times > 1 ? ' ' + N_(problem.times, '(%d time)', '(%d times)').format(problem.times) : '';

		return E('tr', { 'class': 'tr' }, [
			E('td', { 'class': 'td', 'data-title': _('Last time') }, [ gateway.when(problem.at) ]),
			E('td', { 'class': 'td left', 'data-title': _('What happened') }, [ problem.text + times ])
		]);
	})));
}

function renderAbout(status) {
	const fleet = status.fleet;
	const rows = [
		row(_('Name'), status.identity),
		row(_('Version'), status.version),
		row(_('Help'), E('a', { 'href': L.url('admin/services/roamstead/help') }, [ _('Install, claim, upgrade, remove, troubleshoot') ]))
	];

	if (fleet != null && fleet.state != 'unclaimed')
		rows.unshift(
			row(_('Fleet'), (fleet.state == 'connected' ? _('connected since %s') : _('not connected since %s')).format(gateway.when(fleet.since)) + (fleet.state == 'connected' ? '' : ': ' + fleet.why)),
			row(_('Home'), fleet.home != null ? fleet.home : '–'));

	return table(rows);
}

function renderPause(status, changed) {
	const paused = status.state == 'paused';

	return [
		E('h3', {}, [ _('Pause') ]),
		E('p', {}, [ paused
			? _('Guests are not let in. Your own devices are not affected.')
			: _('Pausing sends the guests away and lets nobody in until you resume. Your own devices are not affected.') ]),
		E('p', {}, [ E('button', {
			'class': 'btn cbi-button ' + (paused ? 'cbi-button-action important' : 'cbi-button-negative'),
			'disabled': L.hasViewPermission() ? null : true,
			'click': ui.createHandlerFn(null, function() {
				return gateway.tell(paused ? gateway.resume() : gateway.pause(), changed);
			})
		}, [ paused ? _('Resume sharing') : _('Pause sharing') ]) ])
	];
}

/* One number of the owner's limits. */
function field(id, title, unit, value, least, step) {
	return E('div', { 'class': 'cbi-value' }, [
		E('label', { 'class': 'cbi-value-title', 'for': id }, [ title ]),
		E('div', { 'class': 'cbi-value-field' }, [
			E('input', { 'id': id, 'class': 'cbi-input-text', 'type': 'number', 'min': least, 'step': step, 'inputmode': 'decimal', 'value': value != null ? String(value) : '', 'placeholder': _('no limit') }),
			unit ? ' ' + unit : ''
		])
	]);
}

function renderCap(status, changed) {
	const cap = status.sharing.cap;
	const megabits = function(bits) { return bits != null ? bits / 1e6 : null };
	const form = E('div', {}, [
		field('roamstead-guests', _('Guests at most'), '', cap['maximum-guests'], 1, 1),
		field('roamstead-up', _('Upload of all guests'), _('Mbit/s'), megabits(cap['up-rate']), 0.016, 'any'),
		field('roamstead-down', _('Download of all guests'), _('Mbit/s'), megabits(cap['down-rate']), 0.016, 'any')
	]);

	function save() {
		const inputs = Array.from(form.querySelectorAll('input'));
		const wrong = inputs.filter(function(input) { return !input.checkValidity() });

		if (wrong.length) {
			wrong[0].reportValidity();
			return Promise.resolve();
		}

		const given = inputs.map(function(input) { return input.value == '' ? undefined : input.value });
		const bits = function(value) { return value != null ? value + 'Mbit/s' : undefined };

		return gateway.tell(gateway.cap(given[0] != null ? +given[0] : undefined, bits(given[1]), bits(given[2])), changed);
	}

	return [
		E('h3', {}, [ _('Your limits') ]),
		E('p', {}, [ _('Never more than this is shared, whatever the operator sets. An empty field sets no limit of your own.') ]),
		form,
		E('p', {}, [ E('button', {
			'class': 'btn cbi-button cbi-button-apply',
			'disabled': L.hasViewPermission() ? null : true,
			'click': ui.createHandlerFn(null, save)
		}, [ _('Save limits') ]) ])
	];
}

return view.extend({
	/* Each part of the page and what it was drawn from: a part that is as it was stays, with focus and what is being typed. */
	parts: null,

	show: function(name, source, draw) {
		const part = this.parts[name];
		const key = JSON.stringify(source);

		if (part.key === key)
			return;

		part.key = key;
		part.node.style.display = source == null ? 'none' : '';
		dom.content(part.node, source == null ? [] : draw());
	},

	refresh: function() {
		return gateway.ask().then(L.bind(this.update, this));
	},

	update: function(answer) {
		const status = answer.status;
		const changed = L.bind(this.refresh, this);
		const titled = function(title, node) { return [ E('h3', {}, [ title ]), node ] };
		const or = function(source) { return status != null ? source(status) : null };

		this.show('state', status != null ? [ status.cause, status.state, status.fleet != null ? status.fleet.state : null ] : [ answer.failure, answer.detail ], function() {
			if (status != null)
				return renderState(status);

			const words = failures()[answer.failure];

			return notice('danger', words[0], words[1], answer.detail);
		});
		this.show('claim', or(function(s) { return s.fleet != null && s.fleet.code != null ? [ s.fleet.code, s.fleet.gateway ] : null }), function() { return renderClaim(status.fleet) });
		this.show('sharing', or(function(s) { return [ s.sharing.guests, s.sharing.octetsUp, s.sharing.octetsDown, s.sharing.limits ] }), function() { return titled(_('Shared'), renderSharing(status)) });
		this.show('pause', or(function(s) { return s.state == 'paused' }), function() { return renderPause(status, changed) });
		this.show('cap', or(function(s) { return s.sharing.cap }), function() { return renderCap(status, changed) });
		this.show('anchors', or(function(s) { return s.lmas }), function() { return titled(_('The operator’s anchors (LMA)'), renderAnchors(status)) });
		this.show('problems', or(function(s) { return s.problems }), function() { return titled(_('Last problems'), renderProblems(status)) });
		this.show('about', or(function(s) { return [ s.identity, s.version, s.fleet ] }), function() { return titled(_('This gateway'), renderAbout(status)) });
	},

	load: function() {
		return gateway.ask();
	},

	render: function(answer) {
		this.parts = {};

		const nodes = [ 'state', 'claim', 'sharing', 'pause', 'cap', 'anchors', 'problems', 'about' ].map(L.bind(function(name) {
			const node = E('div', { 'class': name == 'state' ? '' : 'cbi-section', 'id': 'roamstead-part-' + name });

			if (name == 'state')
				node.setAttribute('aria-live', 'polite');

			this.parts[name] = { node: node, key: undefined };

			return node;
		}, this));

		this.update(answer);
		poll.add(L.bind(this.refresh, this));

		return E('div', {}, [
			E('h2', {}, [ _('Community Wi-Fi') ]),
			E('div', { 'class': 'cbi-map-descr' }, [ _('How much of this internet connection is shared with guests. Who they are is not known here.') ])
		].concat(nodes));
	},

	handleSaveApply: null,
	handleSave: null,
	handleReset: null
});
