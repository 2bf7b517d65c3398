/** The node's clock, handed in so that tests can set it. */
export interface Clock {
  /** Unix seconds. */
  now(): number;
}
