import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Access() {
  return <Page title={t().shell.pages.access}>{null}</Page>;
}
