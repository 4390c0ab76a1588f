/** Rates that change during a session: an Update Notification with reason QOS_SERVICE_REQUEST (RFC 7222 §5.2, RFC 7077 §6). */
import { NOTIFICATION_STATUS as STATUS } from '../../protocol/mobility/codes.ts';
import type { MessageNamed } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { bitRatesOf, isUnlimited, OPERATION } from '../../protocol/qos.ts';
import type { Entry } from './binding.ts';
import { GRANTS } from './qos.ts';
import { openPath, persist, type Context } from './state.ts';

/** An Update Notification with reason 5: the option is answered as it was understood, or refused (§5.2). */
export function applyQos(c: Context, entries: readonly Entry[], upn: MessageNamed<'updateNotification'>): { readonly status: number; readonly refused?: string; readonly options?: readonly MobilityOption[] } {
  const option = find(upn.options, 'qualityOfService');
  const rates = option && bitRatesOf(option);
  const ends = option?.operation === OPERATION.DE_ALLOCATE;
  if (!option || !rates || !(ends || GRANTS.has(option.operation)) || (isUnlimited(rates) && option.attributes.length > 0)) {
    return { status: STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST, refused: 'it names no rate that this gateway can keep to' };
  }
  for (const entry of entries) {
    const { rates: _, ...assigned } = entry.assigned;
    entry.assigned = ends || isUnlimited(rates) ? assigned : { ...assigned, rates };
    if (entry.path) openPath(c, entry, entry.path.tunnel);
    persist(c, entry);
  }
  return { status: STATUS.SUCCESS, options: [{ ...option, operation: OPERATION.RESPONSE }] };
}
