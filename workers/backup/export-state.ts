/** Names in `service_state` of what exporting remembers. All begin with `export:`: a rebuilt database begins them anew. */

/** How far the whole export is. */
export const wholeStateName = "export:whole";

/** The latest minute that an export was named by, Unix milliseconds. */
export const clockName = "export:clock";
