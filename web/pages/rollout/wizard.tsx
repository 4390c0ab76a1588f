import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Wizard() {
  return <Page title={t().shell.pages.configuration}>{null}</Page>;
}
