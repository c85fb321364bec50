//! HubSpot: its objects, its routes and its wording of errors.
