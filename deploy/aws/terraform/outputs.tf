output "url" {
  value = "https://${var.domain}"
}

output "image_repository" {
  description = "Where images are pushed to."
  value       = module.pipeline.image_repository
}

output "roles" {
  description = "What the pipeline assumes: variables of the GitHub repository and its environments."
  value       = module.pipeline.roles
}

output "secrets_to_set" {
  description = "Begin with what the platform does without them; set them by hand (docs/aws.md)."
  value       = local.whole ? module.data[0].secrets_to_set : []
}

output "vpn_gateway_id" {
  value = module.network.vpn_gateway_id
}

output "log_group" {
  value = module.service.log_group
}
