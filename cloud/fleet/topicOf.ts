/** What stands in a topic of a gateway: `roamstead/v1/<gateway>/<kind>[/<rest>]`. */
import { TOPIC_ROOT, type GatewayId } from '../../runtime/fleet/topics.ts';

const after = (topic: string): readonly string[] => topic.slice(TOPIC_ROOT.length + 1).split('/');

export const gatewayOf = (topic: string): GatewayId => after(topic)[0] ?? '';
/** The concern, the stream, the command's id. */
export const lastOf = (topic: string): string => after(topic)[2] ?? '';
