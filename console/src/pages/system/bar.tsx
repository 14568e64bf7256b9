/** A length drawn beside its number; the number is what is read. */
export function Bar({ share, tone = 'active' }: { share: number; tone?: string }) {
  return (
    <svg class={`bar tone-${tone}`} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" width="100" height="10" />
      <rect class="bar-fill" width={Math.max(share * 100, share > 0 ? 1 : 0)} height="10" />
    </svg>
  );
}
