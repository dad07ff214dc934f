// The last of the scripts of a page with callbacks: all it needs is there.
window.renderer = new window.DashRenderer();
