/** As ids are written. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Names that people choose: stable, unique beside their siblings. */
export const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;
