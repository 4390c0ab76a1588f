import { t } from '../../i18n/index.ts';
import { Page } from '../../ui/page.tsx';

export default function MapPage() {
  return <Page title={t().shell.pages.map}>{null}</Page>;
}
