const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  onComplete: () => ui.preauthorizeApiKey("userHeader", "alice"),
});
