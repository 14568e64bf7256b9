/** A symbol for each type of step. */
import {
  Bell,
  CircleStop,
  Cog,
  Flag,
  GitBranch,
  Hourglass,
  Layers,
  Play,
  Radio,
  Repeat,
  Send,
  Shuffle,
  Split,
  User,
  Workflow,
  type LucideIcon,
} from 'lucide-preact';

const ICONS: Readonly<Record<string, LucideIcon>> = {
  start: Play,
  end: Flag,
  activity: Cog,
  decision: GitBranch,
  parallel: Split,
  map: Layers,
  wait: Hourglass,
  human: User,
  sub_workflow: Workflow,
  start_workflow: Workflow,
  event: Send,
  data_mapping: Shuffle,
  loop: Repeat,
  timer: Hourglass,
  notification: Bell,
  handler: Radio,
  event_handler: Radio,
};

export function TypeIcon({ type, size = 16 }: { type: string; size?: number }) {
  const Icon = ICONS[type] ?? CircleStop;
  return <Icon size={size} class="type-icon" aria-hidden="true" />;
}
