/** One execution. */
import type { PageProps } from '../page';

export default function ExecutionPage({ params }: PageProps) {
  return <h1>{params['id']}</h1>;
}
