/** What the event handler knows of time, for a busy machine: its watchdogs have a hundred times as long, and its clock stands still while it judges. */
export function unhurried() {
  const at = Date.now();
  return { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms * 100), clearTimeout, Date: class extends Date { static override now() { return at; } } };
}
