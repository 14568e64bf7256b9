/** What every page is made of. */
export { CopyButton } from './copy_button';
export { Dialog } from './dialog';
export { Field, type FieldProps } from './field';
export { EmptyState, ErrorPanel, Loading, Notice } from './feedback';
export { JsonView } from './json_view';
export { LiveBadge } from './live_badge';
export { Pager } from './pager';
export { usePopup } from './popup';
export { StateBadge, StateIcon, stateTone } from './state_badge';
export { Tabs } from './tabs';
export { Duration, Elapsed, RelativeTime, useNow } from './time';
export { toast, Toasts } from './toast';
