import { describe, expect, test } from 'vitest';
import { openStepUp } from '../../../service/people/stepup.ts';

const NOW = Date.UTC(2026, 10, 21, 10);
const MINUTE = 60_000;
const open = (contexts: readonly string[], entra = false) => openStepUp({ contexts, withinMs: 15 * MINUTE, entra, world: { now: () => NOW } });

describe('what a sign-in lacks', () => {
  test.each([
    { name: 'fresh, any context', needs: [], at: NOW, has: [], lacks: null },
    { name: 'the last fresh moment', needs: [], at: NOW - 15 * MINUTE, has: [], lacks: null },
    { name: 'a millisecond later', needs: [], at: NOW - 15 * MINUTE - 1, has: [], lacks: 'too-long-ago' },
    { name: 'time not said', needs: [], at: null, has: [], lacks: 'no-time' },
    { name: 'one of several contexts', needs: ['c1', 'c2'], at: NOW, has: ['c2'], lacks: null },
    { name: 'another context', needs: ['c1'], at: NOW, has: ['c2'], lacks: 'context' },
    { name: 'a context that only begins like it', needs: ['c1'], at: NOW, has: ['c11'], lacks: 'context' },
    { name: 'the context, too long ago', needs: ['c1'], at: NOW - 16 * MINUTE, has: ['c1'], lacks: 'too-long-ago' },
    { name: 'the context, time not said', needs: ['c1'], at: null, has: ['c1'], lacks: 'no-time' },
  ])('$name → $lacks', ({ needs, at, has, lacks }) => {
    expect(open(needs).lacks({ proof: { at, contexts: has } })).toBe(lacks);
  });
});

describe('how a better one is asked for', () => {
  test('by RFC 9470', () => {
    expect(open(['urn:a', 'urn:b']).challenge).toBe('Bearer error="insufficient_user_authentication", acr_values="urn:a urn:b", max_age="900"');
    expect(open(['urn:a']).ask).toEqual({ prompt: 'login', max_age: '0', acr_values: 'urn:a' });
    expect(open([]).challenge).toBe('Bearer error="insufficient_user_authentication", max_age="900"');
  });
  test('of Entra ID by a claims challenge', () => {
    const { challenge, ask } = open(['c1'], true);
    const claims = { access_token: { acrs: { essential: true, value: 'c1' } } };
    expect(JSON.parse(Buffer.from(/claims="([^"]+)"/.exec(challenge)?.[1] ?? '', 'base64').toString())).toEqual(claims);
    expect(challenge).toContain('error="insufficient_claims"');
    expect(JSON.parse(ask['claims'] ?? '')).toEqual(claims);
  });
});
