//! Connections that are read as a listener reads them, with and without secrets.
