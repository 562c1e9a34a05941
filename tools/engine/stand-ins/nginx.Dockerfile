FROM stand-in-services
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
