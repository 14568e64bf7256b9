/** What another language has to say for the texts `T` of the English one. */
export type Texts<T> = { readonly [K in keyof T]: string };
