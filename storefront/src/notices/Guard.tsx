import { Component, type ReactNode } from "react";

import { Notice } from "./Notice";

interface Guarded {
  /** Where the shopper is: another page has its own chance. */
  path: string;
  children: ReactNode;
}

interface State {
  failed: boolean;
  path: string;
}

/** Where a part of the page fails, the rest stays. */
export class Guard extends Component<Guarded, State> {
  override state: State = { failed: false, path: this.props.path };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ path }: Guarded, state: State): State | null {
    return path === state.path ? null : { failed: false, path };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice title="This page cannot be shown just now" onRetry={() => location.reload()}>
        <p>Something in it failed. The rest of the shop is still open.</p>
      </Notice>
    );
  }
}
