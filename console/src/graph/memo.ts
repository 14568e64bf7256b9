/** A component that is drawn again only when its properties differ by `same`. */
import { Component, createElement, type FunctionComponent, type JSX } from 'preact';

export function memo<P extends object>(
  inner: FunctionComponent<P>,
  same: (before: P, after: P) => boolean,
): (props: P & JSX.IntrinsicAttributes) => JSX.Element {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props as P, next);
    }

    override render() {
      return createElement(inner as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as (props: P & JSX.IntrinsicAttributes) => JSX.Element;
}
