/** Settings of JSON in the input, beyond its columns. */
export interface JsonInputSettings {
  /**
   * The member of each object that holds the record, or an array of records: a name, or the names that lead to it. Objects are
   * envelopes then, and only what is within is a row. @default each object is a record
   */
  readonly unwrap?: string | { readonly path: readonly string[] };
  /**
   * Members of the envelope that each of its records gets, under their last name; a member that the record has itself comes
   * first. At most 32. Where one of them does not stand before the records, the envelope must not be longer than 16 MiB.
   * @default none
   */
  readonly carry?: readonly (string | { readonly path: readonly string[] })[];
}

/** The same, checked, where there is an envelope. */
export interface JsonInput {
  /** Names that lead to the record or records. */
  readonly unwrap: readonly string[];
  readonly carry: readonly (readonly string[])[];
}
