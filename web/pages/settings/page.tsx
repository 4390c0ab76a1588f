import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Settings() {
  return <Page title={t().shell.pages.settings}>{null}</Page>;
}
