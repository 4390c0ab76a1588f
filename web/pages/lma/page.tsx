import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function LmaPage() {
  return <Page title={t().shell.pages.lmas}>{null}</Page>;
}
