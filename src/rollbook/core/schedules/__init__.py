"""When something is due: rhythms, black-outs, pauses, missed times. No clock in here: the present is an argument."""
