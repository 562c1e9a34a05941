const place = document.getElementById("swagger-ui");

SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    layout: "BaseLayout",
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null, // it would ask another server
});
