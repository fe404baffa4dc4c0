/**
 * A Mozilla program without a screen, asked by Marionette (its own remote protocol: `length:[0, id, command, parameters]` over a loopback
 * socket): runs a script with the program's own rights and answers what the script returned.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Program {
  /** the body of an async function with `args`; what it returns must be JSON */
  ask<T>(script: string, ...args: readonly unknown[]): Promise<T>;
  close(): Promise<void>;
}

const START = 120_000;
const ANSWER = 60_000;

/** `profile` must set marionette.port to 0: the program takes a free port and writes it there. */
export async function openProgram(command: string, profile: string): Promise<Program> {
  const child = spawn(command, ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access', '--profile', profile], { env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' }, stdio: 'ignore', detached: true });
  try {
    const port = await announced(child, join(profile, 'MarionetteActivePort'));
    const { command: send, socket } = await dialled(port);
    await send('WebDriver:NewSession', {});
    await send('WebDriver:SetTimeouts', { script: ANSWER });
    await send('Marionette:SetContext', { value: 'chrome' });
    return {
      async ask<T>(script: string, ...args: readonly unknown[]): Promise<T> {
        const wrapped = `const args = arguments[0]; const done = arguments[arguments.length - 1]; (async () => { ${script} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const { value } = (await send('WebDriver:ExecuteAsyncScript', { script: wrapped, args: [args], sandbox: 'system', newSandbox: true })) as { value: { value?: T; error?: string } };
        if (value.error !== undefined) throw new Error(`the program answered: ${value.error}`);
        return value.value as T;
      },
      async close() {
        socket.destroy();
        await ended(child);
      },
    };
  } catch (error) {
    await ended(child);
    throw error;
  }
}

async function announced(child: ChildProcess, file: string): Promise<number> {
  for (const end = Date.now() + START; Date.now() < end; await pause(200)) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
    if (existsSync(file)) {
      const port = Number(readFileSync(file, 'utf8'));
      if (port > 0) return port;
    }
  }
  throw new Error('the program did not say where it listens');
}

type Send = (command: string, parameters: object) => Promise<unknown>;

function dialled(port: number): Promise<{ readonly command: Send; readonly socket: Socket }> {
  return new Promise((done, failed) => {
    const waiting = new Map<number, { readonly done: (value: unknown) => void; readonly failed: (error: Error) => void }>();
    let count = 0;
    let rest: Buffer = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1');
    const command: Send = (name, parameters) =>
      new Promise((good, bad) => {
        count += 1;
        waiting.set(count, { done: good, failed: bad });
        const text = JSON.stringify([0, count, name, parameters]);
        socket.write(`${Buffer.byteLength(text)}:${text}`);
      });
    const taken = (message: unknown): void => {
      if (!Array.isArray(message)) return done({ command, socket });
      const [, id, error, result] = message as [number, number, { message: string } | null, unknown];
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error !== null) asked?.failed(new Error(error.message));
      else asked?.done(result);
    };
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let colon = rest.indexOf(58); colon > 0; colon = rest.indexOf(58)) {
        const length = Number(rest.toString('latin1', 0, colon));
        if (rest.length < colon + 1 + length) return;
        const text = rest.toString('utf8', colon + 1, colon + 1 + length);
        rest = rest.subarray(colon + 1 + length);
        taken(JSON.parse(text));
      }
    });
    const broken = (): void => {
      for (const asked of waiting.values()) asked.failed(new Error('the program hung up'));
      failed(new Error('the program hung up'));
    };
    socket.on('error', broken);
    socket.on('close', broken);
  });
}

/** The wrapper's children go with it: they are a group of their own. */
async function ended(child: ChildProcess): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // already gone
    }
  };
  signal('SIGTERM');
  for (const end = Date.now() + 10_000; Date.now() < end && child.exitCode === null && child.signalCode === null;) await pause(100);
  signal('SIGKILL');
}
