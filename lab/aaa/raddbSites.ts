/** The virtual servers of the lab's FreeRADIUS: what becomes of a request, and of what is inside a TLS tunnel. Text only, pure. */
import type { RaddbOptions } from './raddb.ts';

const listener = (address: string, type: string, port: number): string => `  listen {
    type = ${type}
    ${address.includes(':') ? 'ipv6addr' : 'ipv4addr'} = ${address}
    port = ${port}
  }
`;

/** A certificate proves the identity, and yet its account may have been closed. */
const KNOWN_CERTIFICATES = `if (noop) {
        update control {
          &Tmp-Integer-0 := 1
        }
      }
      eap
      if (&control:Tmp-Integer-0 && &EAP-Type == TLS) {
        reject
      }`;

export function site(o: RaddbOptions): string {
  const sign = o.messageAuthenticator === false ? '' : 'update reply {\n      &Message-Authenticator := 0x00\n    }';
  const proxied = o.proxy === undefined ? '' : `if (&User-Name =~ /^${o.proxy.users}$/) {
        update control {
          &Proxy-To-Realm := operator
        }
        return
      }`;
  return `server subscribers {
${o.addresses.map((a) => listener(a, 'auth', o.authPort) + listener(a, 'acct', o.acctPort)).join('')}
  authorize {
    requests
    if (&EAP-Message) {
      ${proxied}
      credentials
      ${o.eap ? KNOWN_CERTIFICATES : 'reject'}
    }
    else {
      stations
      if (noop) {
        profiles
      }
    }
  }
  authenticate {
    ${o.eap ? 'eap' : ''}
  }
  accounting {
    accounting
  }
  post-auth {
    if (&session-state:User-Name) {
      update reply {
        &User-Name !* ANY
      }
    }
    update {
      &reply: += &session-state:
    }
    ${sign}
    Post-Auth-Type REJECT {
      ${o.eap ? 'eap' : ''}
      ${sign}
    }
  }
  post-proxy {
    ${o.eap ? 'eap' : ''}
  }
}
`;
}

/** What belongs to the inner conversation alone: twice in the outer reply, it would make it invalid. */
const OF_THE_CONVERSATION = ['User-Name', 'EAP-Message', 'Message-Authenticator', 'Proxy-State', 'MS-MPPE-Encryption-Types', 'MS-MPPE-Encryption-Policy', 'MS-MPPE-Send-Key', 'MS-MPPE-Recv-Key', 'MS-CHAP2-Success'];

/** Inside the TLS tunnel of PEAP and TTLS. What is known of the account leaves with the outer Access-Accept, the proven identity too. */
export const INNER = `server inner {
  authorize {
    credentials
    mschap
    eap {
      ok = return
    }
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
  post-auth {
    update outer.session-state {
      &User-Name := &User-Name
    }
    update reply {
      ${OF_THE_CONVERSATION.map((name) => `&${name} !* ANY`).join('\n      ')}
    }
    update {
      &outer.session-state: += &reply:
    }
  }
}
`;
