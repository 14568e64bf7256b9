/** Deleting a workflow, after a second thought. */
import { useState } from 'preact/hooks';

import { path } from '../../api/client';
import { type Problem, toProblem } from '../../api/problem';
import { Dialog, ErrorPanel, toast } from '../../components';
import { t } from '../../i18n';
import { href, navigate } from '../../routing';
import { api } from '../../session';

export function DeleteDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const [isForced, setForced] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = async () => {
    setBusy(true);
    try {
      await api().delete(path`/workflows/${id}`, { query: isForced ? { force: true } : {} });
      toast(t('workflows.deleted', { name }));
      navigate(href('/workflows'));
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <button type="button" class="button" onClick={onClose}>
        {t('action.cancel')}
      </button>
      <button type="button" class="button button-danger" disabled={isBusy} onClick={() => void remove()}>
        {t('workflows.delete')}
      </button>
    </>
  );
  return (
    <Dialog title={t('workflows.delete.title', { name })} onClose={onClose} footer={footer}>
      <p>{t('workflows.delete.text')}</p>
      {problem && <ErrorPanel error={problem} />}
      {problem?.code === 'ExecutionsRunning' && (
        <label class="check">
          <input type="checkbox" checked={isForced} onChange={(event) => setForced(event.currentTarget.checked)} />
          {t('workflows.delete.force')}
        </label>
      )}
    </Dialog>
  );
}
