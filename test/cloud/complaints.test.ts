/** What was dropped is told with its sender and what to do, and no flood from outside becomes one in the log. */
import { expect, it } from 'vitest';
import { adviceForDiscard, adviceForStatus } from '../../cloud/observe/advice.ts';
import { createComplaints } from '../../cloud/observe/complaints.ts';
import { STATUS } from '../../protocol/mobility/codes.ts';

const from = (n: number) => ({ transport: 'ipv6', local: '2001:db8::1', remote: `2001:db8:1::${n.toString(16)}` }) as const;

function setUp() {
  const state = { at: 0 };
  const lines: string[] = [];
  const complain = createComplaints((level, message, facts) => void lines.push(`${level} ${message} ${JSON.stringify(facts)}`), () => state.at);
  return { state, lines, complain };
}

it('each sender and reason once a minute', () => {
  const { state, lines, complain } = setUp();
  for (let i = 0; i < 100; i++) complain('unknown peer', from(1));
  complain('unknown peer', from(2));
  complain('not-proxy', from(1));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^warn dropped: unknown peer \{"from":"2001:db8:1::1","advice":"no row of mobile-access-gateways/);
  state.at = 60_001;
  complain('unknown peer', from(1));
  expect(lines).toHaveLength(4);
});

it('of forged senders without number only some, and then the reason alone', () => {
  const { lines, complain } = setUp();
  for (let i = 0; i < 10_000; i++) complain('unknown peer', from(i));
  expect(lines.length).toBeLessThanOrEqual(257);
  complain('not-proxy', from(3));
  complain('not-proxy', from(4));
  expect(lines.filter((l) => l.includes('not-proxy'))).toHaveLength(1);
});

it('without a sender or an advice says what it knows', () => {
  const { lines, complain } = setUp();
  complain('something-new', undefined);
  expect(lines).toEqual(['warn dropped: something-new {}']);
});

it('there is advice for whatever an operator can do something about', () => {
  expect(adviceForDiscard('malformed: length')).toContain('roamstead capture');
  for (const status of [STATUS.INSUFFICIENT_RESOURCES, STATUS.SERVICE_AUTHORIZATION_FAILED, STATUS.TIMESTAMP_MISMATCH, STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG, STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE]) expect(adviceForStatus(status)).toBeTruthy();
  expect(adviceForStatus(STATUS.MISSING_MN_IDENTIFIER_OPTION)).toBeUndefined();
});
