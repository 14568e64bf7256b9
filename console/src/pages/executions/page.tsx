/** The executions. */
import { t } from '../../i18n';

export default function ExecutionsPage() {
  return <h1>{t('executions.title')}</h1>;
}
