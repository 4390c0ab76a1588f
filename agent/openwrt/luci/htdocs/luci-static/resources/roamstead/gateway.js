'use strict';
'require baseclass';
'require rpc';
'require ui';

/* What the agent publishes on ubus. A refusal comes as { error: words }. */
const callStatus = rpc.declare({ object: 'roamstead', method: 'status' });
const callPause = rpc.declare({ object: 'roamstead', method: 'pause' });
const callResume = rpc.declare({ object: 'roamstead', method: 'resume' });
const callCap = rpc.declare({ object: 'roamstead', method: 'cap', params: [ 'maximum-guests', 'up-rate', 'down-rate' ] });
const callRead = rpc.declare({ object: 'file', method: 'read', params: [ 'path' ] });
const callServices = rpc.declare({ object: 'rc', method: 'list', params: [ 'name' ] });

/* ubus status codes, as rpc.js hands them on, and the JSON-RPC errors of uhttpd. */
const NOT_FOUND = 4;
const PERMISSION_DENIED = 6;
const TIMEOUT = 7;

function failed(kind, detail) {
	return { failure: kind, detail: detail };
}

/* What the agent left behind when it could not start. */
function lastWords() {
	return callRead('/var/run/roamstead/agent.failed').then(function(reply) {
		const words = JSON.parse(reply.data);

		return '%s: %s'.format(when(words.at), words.why);
	}).catch(function() {
		return null;
	});
}

/* The object is not on ubus: is the software there, and does it run? */
function whyAbsent() {
	return callServices('roamstead').then(function(services) {
		if (services === PERMISSION_DENIED)
			return failed('stopped');

		const service = services != null ? services.roamstead : null;

		if (service == null)
			return failed('missing');

		if (service.running)
			return lastWords().then(function(words) { return words != null ? failed('failed', words) : failed('starting') });

		return failed(service.enabled ? 'stopped' : 'disabled');
	}, function() {
		return failed('stopped');
	});
}

function ask() {
	return callStatus().then(function(reply) {
		if (reply === NOT_FOUND)
			return whyAbsent();

		if (reply === PERMISSION_DENIED)
			return failed('rights');

		if (reply === TIMEOUT)
			return failed('silent');

		if (reply == null || typeof(reply) != 'object' || reply.sharing == null)
			return failed('other', reply != null && reply.error != null ? reply.error : null);

		return { status: reply };
	}, function(error) {
		const message = String(error != null && error.message != null ? error.message : error);

		if (message.indexOf('-32002') >= 0)
			return failed('rights');

		if (message.indexOf('-32000') >= 0)
			return whyAbsent();

		return failed(message.toLowerCase().indexOf('timeout') >= 0 || message.toLowerCase().indexOf('timed out') >= 0 ? 'silent' : 'other', message);
	});
}

/* The owner's word; what is refused is said in the agent's words. */
function tell(call, done) {
	return call.then(function(reply) {
		if (reply === PERMISSION_DENIED)
			throw new Error(_('You have no right to do this.'));

		if (typeof(reply) == 'number' && reply !== 0)
			throw new Error(_('The gateway did not answer (%s).').format(rpc.getStatusText(reply)));

		if (reply != null && reply.error != null)
			throw new Error(reply.error);

		return done();
	}).catch(function(error) {
		ui.addNotification(_('Nothing was changed'), E('p', {}, [ error.message ]), 'danger');
	});
}

/* LuCI's languages are such as pt_BR, or "auto", which is none. */
function when(time) {
	try {
		return new Date(time).toLocaleString(document.documentElement.lang.replace(/_/g, '-') || undefined);
	}
	catch {
		return new Date(time).toLocaleString();
	}
}

return baseclass.extend({
	ask: ask,
	tell: tell,
	pause: callPause,
	resume: callResume,
	cap: callCap,
	when: when
});
