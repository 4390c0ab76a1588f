import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Alerts() {
  return <Page title={t().shell.pages.alerts}>{null}</Page>;
}
