import { Notice } from "../notices/Notice";

export default function FailedPage() {
  return (
    <Notice title="This page cannot be shown just now" onRetry={() => location.reload()}>
      <p>Something in it failed. The rest of the shop is still open.</p>
    </Notice>
  );
}
