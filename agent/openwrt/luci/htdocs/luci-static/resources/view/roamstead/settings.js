'use strict';
'require form';
'require fs';
'require ui';
'require view';

/* The same check that the service makes before it starts; what it says is for people. */
function check() {
	return fs.exec('/etc/init.d/roamstead', [ 'check' ]).then(function(result) {
		const said = [ result.stdout, result.stderr ].filter(function(text) { return text }).join('\n').trim();

		ui.showModal(result.code === 0 ? _('The configuration is in order') : _('The configuration has mistakes'), [
			E('p', {}, [ result.code === 0 ? _('What is saved and applied was checked, with the keys and certificates that it names.') : _('The gateway does not start until they are corrected; one that runs keeps the configuration that it has.') ]),
			said != '' ? E('pre', { 'style': 'white-space:pre-wrap', 'tabindex': '0' }, [ said ]) : '',
			E('div', { 'class': 'right' }, [
				E('button', { 'class': 'btn cbi-button', 'click': ui.hideModal }, [ _('Close') ])
			])
		]);
	}).catch(function(error) {
		ui.addNotification(_('The check cannot be run'), E('p', {}, [ error.message + ': ' + _('run “service roamstead check” in a shell.') ]), 'danger');
	});
}

/* A rate as the agent reads it. */
function isRate(section, value) {
	const found = /^(\d+(?:\.\d+)?)\s*([kMG]?)(?:bit\/s)?$/.exec(value.trim());
	const unit = found != null ? { '': 1, 'k': 1e3, 'M': 1e6, 'G': 1e9 }[found[2]] : 0;

	return value == '' || (found != null && found[1] * unit >= 16000) ? true : _('A rate such as 20 Mbit/s, at least 16 kbit/s');
}

/* Where the gateway has one of them, and the section has a name. */
function only(map, name, type, title, description) {
	const section = map.section(form.NamedSection, name, type, title, description);

	section.addremove = true;

	return section;
}

return view.extend({
	render: function() {
		const m = new form.Map('roamstead', _('Community Wi-Fi: settings'), _('What a home usually sets. More options, each with a comment, are in the file /etc/config/roamstead.'));
		let s, o;

		s = m.section(form.NamedSection, 'main', 'agent', _('This gateway'));

		o = s.option(form.Flag, 'enabled', _('Share this internet connection'), _('Switched off while it runs, it tells the operator and ends.'));
		o.rmempty = false;

		o = s.option(form.Value, 'domain', _('Domain'), _('As the operator gave it.'));
		o.datatype = 'hostname';

		o = s.option(form.Value, 'mag', _('Name'), _('Of this gateway within the domain, as the operator gave it.'));

		o = s.option(form.Value, 'uplink', _('Uplink'), _('Towards the internet: a network under Network → Interfaces, or a device.'));
		o.placeholder = 'wan';

		o = s.option(form.Button, '_check', _('Configuration'), _('Checks what is saved and applied.'));
		o.inputtitle = _('Check');
		// oxlint-disable-next-line unicorn/prefer-add-event-listener -- an option of LuCI's button, which is no DOM node yet
		o.onclick = check;

		s = only(m, 'guest', 'guest_network', _('Network for guests'), _('A bridge, an SSID on each radio and a firewall zone of their own. They are made when this is set at installation, or by “service roamstead guest_network make” in a shell, and taken away by “service roamstead guest_network undo”.'));

		o = s.option(form.Flag, 'create', _('Make it'));
		o.rmempty = false;

		o = s.option(form.Value, 'ssid', _('SSID'));
		o.datatype = 'maxlength(32)';
		o.placeholder = 'Roamstead';

		o = s.option(form.ListValue, 'encryption', _('Encryption'));
		o.value('none', _('Open'));
		o.value('owe', _('Open, encrypted (OWE)'));
		o.value('psk2', 'WPA2-PSK');
		o.value('sae', 'WPA3-SAE');
		o.value('sae-mixed', 'WPA2-PSK/WPA3-SAE');

		o = s.option(form.Value, 'key', _('Key'));
		o.datatype = 'wpakey';
		o.password = true;
		o.depends('encryption', 'psk2');
		o.depends('encryption', 'sae');
		o.depends('encryption', 'sae-mixed');

		s = only(m, 'host_first', 'host_first', _('The home comes first'), _('All guests together get no more than this. The page “Status” sets limits at once, and the lower ones count.'));

		o = s.option(form.Value, 'maximum_guests', _('Guests at most'));
		o.datatype = 'and(uinteger,min(1))';

		o = s.option(form.Value, 'up_rate', _('Upload of all guests'));
		o.placeholder = '5 Mbit/s';
		o.validate = isRate;

		o = s.option(form.Value, 'down_rate', _('Download of all guests'));
		o.placeholder = '30 Mbit/s';
		o.validate = isRate;

		s = m.section(form.TypedSection, 'interface', _('Where guests come in'));
		s.addremove = true;
		s.anonymous = false;

		o = s.option(form.Value, 'network', _('Network'), _('A network under Network → Interfaces on which nobody else answers DHCP. All its access points are watched.'));
		o.datatype = 'uciname';

		o = s.option(form.Value, 'default_profile', _('Default profile'), _('Of guests who are in no list: the name of a section “default_profile”.'));
		o.datatype = 'uciname';

		o = s.option(form.ListValue, 'profile_source', _('Profiles come from'));
		o.value('', _('the list in the file, else the default profile'));
		o.value('local', _('the list in the file'));
		o.value('default', _('the default profile'));
		o.value('radius', 'RADIUS');
		o.value('radius_default', _('RADIUS, else the default profile'));

		s = only(m, 'fleet', 'fleet', _('Fleet'), _('Managed from the operator’s cloud: it names the anchors, profiles and timers.'));

		o = s.option(form.Value, 'broker', _('Broker'));
		o.placeholder = 'mqtts://fleet.example.net:8883';
		o.rmempty = false;

		o = s.option(form.Value, 'authority', _('Certificate of the operator’s authority'));
		o.datatype = 'file';
		o.placeholder = '/etc/roamstead/fleet-authority.pem';

		o = s.option(form.Value, 'claim_credential', _('Credential for claiming'));
		o.datatype = 'file';
		o.placeholder = '/etc/roamstead/claim.pem';

		s = m.section(form.TypedSection, 'lma', _('Anchors'), _('Without a fleet: whom this gateway registers its guests with.'));
		s.addremove = true;
		s.anonymous = false;

		o = s.option(form.Value, 'ipv6_address', _('IPv6 address'));
		o.datatype = 'ip6addr("nomask")';

		o = s.option(form.Value, 'ipv4_address', _('IPv4 address'));
		o.datatype = 'ip4addr("nomask")';

		o = s.option(form.Value, 'key', _('Key'), _('Shared with the anchor: hexadecimal digits, such as “openssl rand -hex 20” makes.'));
		o.password = true;

		return m.render();
	}
});
