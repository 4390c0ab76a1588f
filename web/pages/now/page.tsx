import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Now() {
  return <Page title={t().shell.pages.now}>{null}</Page>;
}
