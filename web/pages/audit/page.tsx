import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function AuditPage() {
  return <Page title={t().shell.pages.audit}>{null}</Page>;
}
