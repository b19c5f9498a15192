/** Static files that the API serves: no Node at run time, no request to any other host. */
export default {
  output: "export",
  reactStrictMode: true,
  poweredByHeader: false,
  images: { unoptimized: true },
};
