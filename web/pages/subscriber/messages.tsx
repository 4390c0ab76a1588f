/** The signalling of one roam, decoded: PBU and PBA field by field. */
import type { DecodedMessage } from '../../../cloud/api/resources/handovers.ts';
import { format } from '../../i18n/index.ts';
import { Icon } from '../../ui/icon.tsx';

export function Messages({ messages, first }: { readonly messages: readonly DecodedMessage[]; readonly first: number }) {
  return (
    <ol class="messages">
      {messages.map((m, i) => (
        <li key={i}>
          <header>
            <strong>{m.name}</strong>
            <span class="message-way">
              {m.from} <Icon name="arrow" size={14} /> {m.to}
            </span>
            <span class="message-at">+{format().number(m.at - first, 1)} ms</span>
          </header>
          <pre tabIndex={0}>{m.fields.join('\n')}</pre>
        </li>
      ))}
    </ol>
  );
}
