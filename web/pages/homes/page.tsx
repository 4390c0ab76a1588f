import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function Homes() {
  return <Page title={t().shell.pages.homes}>{null}</Page>;
}
