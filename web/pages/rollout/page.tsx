import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function RolloutPage() {
  return <Page title={t().shell.pages.configuration}>{null}</Page>;
}
