//! Every row of the table, driven through the layers.
