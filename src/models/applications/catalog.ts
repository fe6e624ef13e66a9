/** What help texts and messages say of applications without loading them. Written by `npm run tables`; do not edit. */

export const applicationNames = ["vgg16", "vgg19", "mobilenet"] as const;

/** Options that not every application takes, with those that do. */
export const specialOptions = { alpha: ["mobilenet"] } as const;
