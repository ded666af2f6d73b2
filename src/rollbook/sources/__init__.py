"""Where data comes from: one module or package for each kind of source, and the layouts of data sheets."""
