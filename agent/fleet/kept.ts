/** What the fleet's files hold, checked when they are read: somebody may have edited them. */
import * as v from 'valibot';
import { CONCERNS } from '../../runtime/fleet/topics.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ofConcerns = <S extends v.GenericSchema>(schema: S) => v.record(v.picklist(CONCERNS), schema);
const revision = { rev: whole, hash: v.string() };
const problem = v.object({ path: v.string(), reason: v.string(), substitution: v.exactOptional(v.string()) });

export const stateIn = v.object({
  session: whole,
  code: v.string(),
  good: ofConcerns(v.object({ ...revision, document: v.unknown() })),
  reported: ofConcerns(v.object({ ...revision, status: v.picklist(['applied', 'partial', 'rejected', 'rolledback']), problems: v.array(problem), running: v.nullable(v.object(revision)), at: v.number() })),
  tried: ofConcerns(v.object({ rev: whole, times: whole })),
  commands: v.array(v.string()),
});

export const claimedIn = v.object({ home: v.string(), group: v.string(), certificate: v.string(), authority: v.string() });
