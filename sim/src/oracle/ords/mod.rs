//! ORDS in front of the Oracle master.
