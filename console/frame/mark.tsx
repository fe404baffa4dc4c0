/** A sealed envelope with a check: the product's own mark. Beside its name, so hidden from a screen reader. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false" style={{ flexShrink: 0 }}>
      <rect x="4" y="12" width="50" height="38" rx="7" fill="#067591" />
      <path d="M8 18.5 26.6 33.4a4 4 0 0 0 4.9 0L50 18.5" fill="none" stroke="#edf5f8" strokeWidth="4" strokeLinecap="round" strokeLinejoin="round" />
      <circle cx="46" cy="44" r="15" fill="#16a37f" stroke="#fff" strokeWidth="4" />
      <path d="m39.5 44.4 4.6 4.6 8.6-9.4" fill="none" stroke="#fff" strokeWidth="4.4" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
