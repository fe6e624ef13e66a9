import * as families from "./families.js";

type AnyApplication = (typeof families)[keyof typeof families];

/** "vgg16", "mobilenet", … */
export type ApplicationName = AnyApplication["name"];

type Applications = { readonly [App in AnyApplication as App["name"]]: App };

const byYear = Object.values(families).sort((a, b) => a.paper.year - b.paper.year);

/** All applications by their names, the oldest first. */
export const applications = Object.fromEntries(byYear.map((app) => [app.name, app])) as Applications;
